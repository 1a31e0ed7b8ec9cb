import { expect, test } from "vitest";
import { boxBetween, shaped } from "./cropping";

test("a shape is as large as the picture lets it", () => {
  expect(shaped("free", 400, 300)).toEqual({ x: 0, y: 0, width: 400, height: 300 });
  expect(shaped("1:1", 400, 300)).toEqual({ x: 50, y: 0, width: 300, height: 300 });
  expect(shaped("16:9", 100, 300)).toEqual({ x: 0, y: 122, width: 100, height: 56 });
  expect(shaped("16:9", 1, 1)).toEqual({ x: 0, y: 0, width: 1, height: 1 });
});

test("a box is drawn in any direction and stays within the picture", () => {
  const drawn = { x: 10, y: 20, width: 30, height: 20 };
  expect(boxBetween({ x: 10, y: 20 }, { x: 40, y: 40 }, "free", 100, 100)).toEqual(drawn);
  expect(boxBetween({ x: 40, y: 40 }, { x: 10, y: 20 }, "free", 100, 100)).toEqual(drawn);
  const out = boxBetween({ x: 90, y: 90 }, { x: 400, y: 500 }, "free", 100, 100);
  expect(out).toEqual({ x: 90, y: 90, width: 10, height: 10 });
  const square = boxBetween({ x: 50, y: 50 }, { x: 10, y: 40 }, "1:1", 100, 100);
  expect(square).toEqual({ x: 40, y: 40, width: 10, height: 10 });
  const dot = boxBetween({ x: 100, y: 100 }, { x: 100, y: 100 }, "free", 100, 100);
  expect(dot).toEqual({ x: 99, y: 99, width: 1, height: 1 });
});
