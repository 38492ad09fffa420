// A video of which the first half is red and the second blue, seen through a canvas.

const video = document.createElement("video");
video.muted = true;
video.preload = "auto";

const happens = (event) => new Promise((resolve, reject) => {
  video.addEventListener(event, resolve, { once: true });
  video.addEventListener("error", () => reject(new Error(video.error.message)), { once: true });
});

/** The colour of the frame at this fraction of the length. */
export async function colorAt(fraction) {
  if (!video.src) {
    const loaded = happens("loadedmetadata");
    video.src = "/assets/film.webm";
    await loaded;
  }
  const seeked = happens("seeked");
  video.currentTime = video.duration * fraction;
  await seeked;
  const canvas = document.getElementById("frame");
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0, canvas.width, canvas.height);
  // The average over many pixels: the film has noise in it, to be long.
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
  const sum = [0, 0, 0];
  for (let index = 0; index < pixels.length; index += 4) for (let part = 0; part < 3; part++) sum[part] += pixels[index + part];
  return sum[0] > sum[2] ? "red" : "blue";
}
