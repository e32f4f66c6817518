/** Composition root of a host of accounts: one that has a thread or a process to itself, or many in one thread. */
import type { AccountMessage } from '../actors/account-message.ts';
import type { ActorChild } from '../runtime/actor-child.ts';
import { inBursts } from '../runtime/bursts.ts';
import { clockAs, scheduleAs, startedAs } from '../runtime/culprit.ts';
import { type AccountOutside, accountChild } from './account.ts';
import type { ActorThread, Residents, ThreadMeans } from './actor-thread.ts';
import {
  type AccountHostData,
  type AccountSeat,
  type AccountThreadData,
  addresses,
  residentOf,
  type SeatsMessage,
  type SeatsTakenMessage,
} from './thread-data.ts';

type AccountHost = ThreadMeans<AccountHostData>;
/** What an account of the host reaches of the world; default: this host's disk and network. */
type OutsideOf = (data: AccountThreadData) => AccountOutside;

export function accountHost(host: AccountHost, outsideOf?: OutsideOf): ActorThread {
  const { data } = host;
  const [only, ...others] = data.seats;
  const isAlone =
    only !== undefined && others.length === 0 && data.thread === residentOf(only.account);
  if (isAlone) return { actors: [accountOf(host, only, outsideOf)] };
  return { actors: [], residents: (residents) => shared(host, residents, outsideOf) };
}

function shared(host: AccountHost, residents: Residents, outsideOf: OutsideOf | undefined) {
  const { data, office } = host;
  const means = { ...host, schedule: inBursts(office, host.schedule) };
  const residentAt = (seat: AccountSeat) => ({
    name: residentOf(seat.account),
    actors: [accountOf(means, seat, outsideOf)],
  });
  const obey = (message: SeatsMessage) =>
    message.type === 'seats-wanted'
      ? residents.settle(message.seats.map(residentAt))
      : residents.restart(residentOf(message.account), message.reason);
  const main = office.ref<SeatsTakenMessage>(addresses.seatsTaken);
  // One after the other: the newest wish is the one that stands in the end.
  let done: Promise<unknown> = Promise.resolve();
  office.register('seats', {
    name: 'seats',
    tell: (message: SeatsMessage) => {
      const { number } = message;
      const taken = { type: 'seats-taken', host: data.thread, number } as const;
      done = done
        .then(() => obey(message))
        .then(
          () => main.tell(taken),
          (error: unknown) => main.tell({ ...taken, refusal: String(error) }),
        );
    },
  });
  return data.seats.map(residentAt);
}

function accountOf(
  host: AccountHost,
  seat: AccountSeat,
  outsideOf: OutsideOf | undefined,
): ActorChild<AccountMessage> {
  const { seats: _, ...hostData } = host.data;
  const data: AccountThreadData = { ...hostData, ...seat };
  const resident = residentOf(seat.account);
  const child = accountChild({
    ...host,
    data,
    clock: clockAs(resident, host.clock),
    schedule: scheduleAs(resident, host.schedule),
    ...(outsideOf && { outside: outsideOf(data) }),
  });
  return startedAs(resident, child);
}
