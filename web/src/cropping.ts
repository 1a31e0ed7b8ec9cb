/** Boxes within a picture, in whole pixels. Pure. */

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

interface Point {
  x: number;
  y: number;
}

/** Width by height, as `4:5`; null when it is free. */
function ratioOf(shape: string): number | null {
  const [wide, high] = shape.split(":").map(Number);
  return wide && high ? wide / high : null;
}

/** The largest box of this shape, in the middle; everything when the shape is free. */
export function shaped(shape: string, width: number, height: number): Box {
  const ratio = ratioOf(shape) ?? width / height;
  const kept = {
    width: Math.max(1, Math.min(width, Math.round(height * ratio))),
    height: Math.max(1, Math.min(height, Math.round(width / ratio))),
  };
  const x = Math.floor((width - kept.width) / 2);
  const y = Math.floor((height - kept.height) / 2);
  return { x, y, ...kept };
}

/** What was drawn from one corner to the other, within the picture and in its shape. */
export function boxBetween(
  from: Point,
  to: Point,
  shape: string,
  width: number,
  height: number,
): Box {
  const within = (value: number, most: number): number => Math.min(Math.max(value, 0), most);
  const start = { x: within(from.x, width), y: within(from.y, height) };
  const end = { x: within(to.x, width), y: within(to.y, height) };
  let [wide, high] = [Math.abs(end.x - start.x), Math.abs(end.y - start.y)];
  const ratio = ratioOf(shape);
  if (ratio) {
    wide = Math.min(wide, high * ratio);
    high = wide / ratio;
  }
  const left = Math.floor(end.x < start.x ? start.x - wide : start.x);
  const top = Math.floor(end.y < start.y ? start.y - high : start.y);
  return {
    x: Math.min(left, width - 1),
    y: Math.min(top, height - 1),
    width: Math.max(1, Math.min(Math.round(wide), width - left)),
    height: Math.max(1, Math.min(Math.round(high), height - top)),
  };
}
