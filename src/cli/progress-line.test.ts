import { expect, test } from 'vitest';
import { SimulatedClock } from '../runtime/simulated-clock.ts';
import { ProgressLine } from './progress-line.ts';

function line(isTTY: boolean) {
  const written: string[] = [];
  const clock = new SimulatedClock();
  const stream = { isTTY, write: (text: string) => written.push(text) > 0 };
  return { written, clock, progress: new ProgressLine(clock, stream) };
}

test('progress is one line on a terminal, written over and taken away at the end', () => {
  const { written, progress } = line(true);
  progress.show('1 %');
  progress.show('2 %');
  progress.clear();
  expect(written.join('')).toBe('\r\u001b[K1 %\r\u001b[K2 %\r\u001b[K');
});

test('elsewhere progress is a line every ten seconds, and none for short work', () => {
  const { written, clock, progress } = line(false);
  for (let second = 1; second <= 25; second += 1) {
    clock.advance(1_000);
    progress.show(`${second} s`);
  }
  progress.clear();
  expect(written).toEqual(['10 s\n', '20 s\n']);
});
