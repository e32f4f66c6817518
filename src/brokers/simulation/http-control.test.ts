import { afterEach, describe, expect, test } from 'vitest';
import {
  anOrder,
  barMs,
  closeTerminals,
  replayFrom,
  startTerminal,
} from '../../../test/fixtures/simulated-terminal.ts';
import { systemClock } from '../../runtime/clock.ts';
import { DeadlineError } from '../../runtime/deadline.ts';
import { BrokerProtocolError, BrokerUnavailableError } from '../broker.ts';
import { httpSimulationControl, SimulationRefusedError } from './http-control.ts';

afterEach(closeTerminals);

const { signal } = new AbortController();

async function aControlled() {
  const terminal = await startTerminal({ pathPrefix: '/broker/1' });
  const { controlUrl: url } = terminal.simulator;
  const control = httpSimulationControl({ url, token: 'control-token', clock: systemClock });
  return { ...terminal, url, control };
}

describe('the control of a simulator', () => {
  test('tells where it stands and advances to a step, once', async () => {
    const { control } = await aControlled();
    const begin = { step: 0, stepsMax: 100, lastBarTime: replayFrom - barMs, now: replayFrom };
    expect(await control.state(signal)).toEqual(begin);
    const second = await control.advance(2, signal);
    expect(second).toMatchObject({ step: 2, now: replayFrom + 2 * barMs });
    expect(await control.advance(2, signal)).toEqual(second);
    expect(await control.advance(1, signal)).toEqual(second);
  });

  test('injects faults', async () => {
    const { control, send } = await aControlled();
    await control.inject({ kind: 'reject', retcode: 10_018, path: '/orders' }, signal);
    expect((await send('POST', '/orders', anOrder)).text).toContain('"retcode":10018');
  });

  test('rejects a step beyond the end and a fault that does not exist, with the reason', async () => {
    const { control } = await aControlled();
    await expect(control.advance(101, signal)).rejects.toThrow(SimulationRefusedError);
    await expect(control.advance(101, signal)).rejects.toThrow(/the replay has 100 bars/);
    await expect(control.inject({ kind: 'flood' }, signal)).rejects.toThrow(SimulationRefusedError);
  });

  test('tells a wrong token from an absent simulator', async () => {
    const { url, simulator } = await aControlled();
    const stranger = httpSimulationControl({ url, token: 'other', clock: systemClock });
    await expect(stranger.state(signal)).rejects.toThrow(BrokerProtocolError);
    await simulator.close();
    await expect(stranger.state(signal)).rejects.toThrow(BrokerUnavailableError);
  });

  test('gives up at its deadline and when it is told to', async () => {
    const { url } = await aControlled();
    let ring = () => {};
    const clock = {
      ...systemClock,
      after: (_delayMs: number, task: () => void) => {
        ring = task;
        return () => {};
      },
    };
    const control = httpSimulationControl({ url, token: 'control-token', clock });
    const late = control.state(signal);
    ring();
    await expect(late).rejects.toMatchObject({ cause: expect.any(DeadlineError) });
    const leaving = AbortSignal.abort(new Error('leaving'));
    await expect(control.state(leaving)).rejects.toThrow(BrokerUnavailableError);
  });
});
