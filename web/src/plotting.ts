/** Lines on a canvas. A module of its own, so that it is loaded only where there is something to draw. */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { m } from "./messages";
import { formatCount, type Lines } from "./numbers";
import { formatInstant } from "./time";

export interface Drawing {
  lines: Lines;
  names: readonly string[];
  zone: string;
  /** Counts of what people did begin at nothing; followers are read by how they change. */
  fromZero: boolean;
}

// Lines differ in colour and in pattern: not everybody can tell the colours apart.
const COLOURS = ["--accent", "--waiting", "--asking", "--moving"];
const DASHES = [[], [7, 4], [2, 3], [9, 3, 2, 3]];
const CROWDED = 80;
const HEIGHT = 240;
const DAY = 86_400;

/** Draws into `node`, as wide as that is. Answers how to take it away again. */
export function draw(node: HTMLElement, drawing: Drawing): () => void {
  let plot = make(node, drawing);
  const width = new ResizeObserver(() => plot.setSize({ width: node.clientWidth, height: HEIGHT }));
  width.observe(node);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const again = (): void => {
    plot.destroy();
    plot = make(node, drawing);
  };
  dark.addEventListener("change", again);
  return () => {
    dark.removeEventListener("change", again);
    width.disconnect();
    plot.destroy();
  };
}

function make(node: HTMLElement, { lines, names, zone, fromZero }: Drawing): uPlot {
  const ink = colour(node, "--ink-soft");
  const grid = { stroke: colour(node, "--line"), width: 1 };
  const axis: uPlot.Axis = { stroke: ink, grid, ticks: grid, font: "13px system-ui, sans-serif" };
  const options: uPlot.Options = {
    width: node.clientWidth,
    height: HEIGHT,
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), zone),
    scales: {
      x: { time: true, range: (_, min, max) => wider(min, max) },
      y: { range: heights(fromZero) },
    },
    axes: [
      { ...axis, values: (_, splits, __, ___, step) => splits.map((at) => moment(at, step, zone)) },
      {
        ...axis,
        size: 64,
        incrs: [1, 2, 5]
          .flatMap((n) => [0, 1, 2, 3, 4, 5, 6, 7, 8].map((e) => n * 10 ** e))
          .sort((a, b) => a - b),
        values: (_, splits) => splits.map((value) => formatCount(value)),
      },
    ],
    cursor: { drag: { x: false, y: false } },
    legend: { markers: { fill: (_, index) => stroke(node, index - 1) } },
    series: [
      {
        label: m.numbers.time,
        value: (_, at) => (at === null ? "" : formatInstant(at * 1000, zone)),
      },
      ...names.map((label, index) => line(node, label, index)),
    ],
  };
  return new uPlot(options, [lines.at, ...lines.values], node);
}

function line(node: HTMLElement, label: string, index: number): uPlot.Series {
  const ink = stroke(node, index);
  return {
    label,
    stroke: ink,
    width: 2,
    dash: DASHES[index % DASHES.length] as number[],
    spanGaps: false,
    points: { show: true, size: 6, fill: ink, stroke: ink, filter: alone },
    value: (_, value) => (value === null ? "" : formatCount(value)),
  };
}

function stroke(node: HTMLElement, index: number): string {
  return colour(node, COLOURS[index % COLOURS.length] as string);
}

/** Every reading is a dot; where they would crowd, only those that no line touches. */
function alone(plot: uPlot, series: number): number[] | null {
  const values = plot.data[series] as (number | null)[];
  if (values.length <= CROWDED) return null;
  const there = (n: number): boolean => values[n] !== null && values[n] !== undefined;
  return values.flatMap((_, n) => (there(n) && !there(n - 1) && !there(n + 1) ? [n] : []));
}

/** Room at both ends, also for a single reading. */
function wider(min: number, max: number): [number, number] {
  const room = Math.max((max - min) * 0.03, max === min ? DAY / 8 : 0);
  return [min - room, max + room];
}

function heights(fromZero: boolean): uPlot.Range.Function {
  return (_, min, max) => {
    if (min === null || max === null) return [0, 1];
    if (fromZero) return [0, Math.max(1, max * 1.15)];
    const room = Math.max(1, (max - min) * 0.15);
    return [Math.max(0, min - room), max + room];
  };
}

// Ticks are whole days apart; where clocks changed, they stand an hour beside midnight.
const WITHIN_THE_DAY = 2 * 3600;

/** A tick in the reader's manner: the day where it begins, else the time. */
function moment(at: number, step: number, zone: string): string {
  const day: Intl.DateTimeFormatOptions = { day: "numeric", month: "short" };
  if (step >= DAY) return formatInstant((at + WITHIN_THE_DAY) * 1000, zone, day);
  const time = formatInstant(at * 1000, zone, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return time === "00:00"
    ? formatInstant(at * 1000, zone, day)
    : formatInstant(at * 1000, zone, { timeStyle: "short" });
}

/** A canvas knows no custom properties: the browser says which colour one is now. */
function colour(node: HTMLElement, name: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  node.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}
