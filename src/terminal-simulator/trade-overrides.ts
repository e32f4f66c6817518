import { lots } from '../domain/instrument.ts';
import { marketOf } from '../exchange/terms.ts';
import type { TradeOverrides } from './faulty.ts';
import type { Desk } from './read-routes.ts';
import type { Reply, WireRequest } from './reply.ts';
import { type Fields, jsonBody } from './request-body.ts';
import { wireDeal, wirePosition } from './wire.ts';

export function tradeOverridesOf(desk: Desk): TradeOverrides {
  return {
    reduced: (request, share) => reduced(desk, request, share),
    novoskyAnswer: (request, done) => novoskyAnswer(desk, request, done),
  };
}

function reduced({ terminal }: Desk, request: WireRequest, share: number): WireRequest {
  const fields: Fields = request.body.text === '' ? {} : jsonBody(request);
  const held = terminal.account.positions.find(({ ticket }) => ticket === Number(request.path[1]));
  const { instrument } = marketOf(terminal.terms, terminal.symbol);
  const asked = fields.volume ?? (held === undefined ? 0 : lots(instrument, held.volume));
  const steps = Math.max(1, Math.floor((Number(asked) / instrument.volumeStep) * share));
  const volume = Math.round(steps * instrument.volumeStep * 1e8) / 1e8;
  return { ...request, body: { text: JSON.stringify({ ...fields, volume }), isJson: true } };
}

/** POST /orders answers with the opened position there, DELETE with the closing deal. */
function novoskyAnswer({ terminal, time }: Desk, request: WireRequest, done: Reply): Reply {
  if (done.status >= 300) return done;
  const { account, terms, books } = terminal;
  if (request.method === 'DELETE') {
    const deal = books.dealsBetween(terminal.now(), terminal.now()).at(-1);
    return deal === undefined ? done : { status: 200, json: wireDeal(deal, terms, time) };
  }
  const position = account.positions.at(-1);
  if (position === undefined) return done;
  return { status: 200, json: wirePosition(position, account, terms, time) };
}
