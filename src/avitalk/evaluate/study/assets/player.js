// Several videos of one recording, played in step, with the sound of one.
class Player {
  constructor(videos, changed) {
    this.videos = videos;
    this.changed = changed;
    this.playing = false;
    this.sound = 0;
    this.whole = false; // played from the start, nothing skipped so far
    this.watched = false; // played so to the end
    this.broken = new Set();
    for (const video of videos) {
      video.addEventListener("loadedmetadata", changed);
      video.addEventListener("error", () => { this.broken.add(video); this.pause(); });
    }
    this.listen(0);
  }

  // The video that is heard leads, then the longest; the others follow.
  get lead() {
    const heard = this.videos[this.sound];
    if (!heard.ended) return heard;
    return this.videos.reduce((a, b) => (b.duration > a.duration ? b : a));
  }

  get length() { return Math.max(...this.videos.map((video) => video.duration || 0)); }
  get time() { return this.lead.currentTime; }
  get ready() { return !this.broken.size && this.videos.every((video) => video.readyState > 0); }

  listen(number) {
    this.sound = number;
    this.videos.forEach((video, i) => { video.muted = i !== number; });
    this.changed();
  }

  play() {
    if (!this.ready) return;
    if (this.time >= this.length - 0.05) this.seek(0);
    if (this.time < 0.05) this.whole = true;
    this.playing = true;
    this.seek(this.time);
    this.tick();
    this.changed();
  }

  pause() {
    this.playing = false;
    for (const video of this.videos) video.pause();
    this.changed();
  }

  seek(time) {
    if (time > this.time + 0.05) this.whole = false;
    for (const video of this.videos) video.currentTime = Math.min(time, video.duration || 0);
    this.changed();
  }

  tick() {
    if (!this.playing) return;
    const now = this.time;
    const over = (video) => video.ended || video.currentTime > video.duration - 0.25;
    const waiting = this.videos.some((video) => video.readyState < 3 && !over(video));
    for (const video of this.videos) {
      if (video.ended) continue;
      if (waiting && video.readyState >= 3 && !over(video)) video.pause();
      if (waiting) continue;
      if (video.paused) video.play().catch(() => {});
      this.follow(video, now);
    }
    if (this.videos.every((video) => video.ended)) {
      this.playing = false;
      this.watched = this.watched || this.whole;
    }
    this.changed();
    requestAnimationFrame(() => this.tick());
  }

  // A small lag is made up by playing a little faster, a large one by a jump.
  follow(video, now) {
    const lag = video === this.lead ? 0 : now - video.currentTime;
    video.playbackRate = Math.abs(lag) < 0.02 ? 1 : 1 + Math.max(-0.1, Math.min(0.1, 2 * lag));
    if (Math.abs(lag) > 0.4 && now < video.duration && !video.seeking) video.currentTime = now;
  }
}
