// Runs on the audio thread: hands each block that the microphone heard to the page.
class Capture extends AudioWorkletProcessor {
  process(inputs) {
    const heard = inputs[0]?.[0];
    if (heard) this.port.postMessage(heard.slice());
    return true;
  }
}
registerProcessor("avitalk-capture", Capture);
