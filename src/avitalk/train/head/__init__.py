"""Building the default head from the ICT-FaceKit scans: `python -m avitalk.train.head`."""
