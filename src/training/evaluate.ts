import type { PredictedClass, Probabilities, Thresholds } from '../domain/prediction.ts';
import type { EnsembleAnswer } from '../inference/ensemble.ts';
import { voteOf } from '../inference/ensemble.ts';
import { classes, type SliceFigures } from '../inference/manifest.ts';

/** What was said of a row, and whether it would have been a signal. */
type Verdict = {
  readonly said: PredictedClass;
  readonly probabilities: Probabilities;
  readonly isSignal: boolean;
};

/** A class that a model calls impossible must not make the log loss infinite. */
const leastProbability = 1e-9;
const votesMin = 2;

/**
 * Figures of rows that the models have never seen, by the same definitions as the trainer's own; see the manifest's
 * metrics.
 *
 * @param labels one per answer, index into `classes`
 */
export function evaluate(
  answers: readonly EnsembleAnswer[],
  labels: Int32Array,
  thresholds: Thresholds,
): SliceFigures {
  const truth = Array.from(labels, (label) => classes[label] as PredictedClass);
  const names = Object.keys(answers[0]?.members ?? {});
  return {
    class_shares: eachClass((name) => share(truth, (label) => label === name)),
    members: Object.fromEntries(
      names.map((name) => [
        name,
        figuresOf(
          answers.map((each) => alone(each, name, thresholds)),
          truth,
        ),
      ]),
    ),
    ensemble: figuresOf(
      answers.map((each) => together(each, thresholds)),
      truth,
    ),
  };
}

/** Two of the members on the winning side, and clear enough. */
function together({ mean, members }: EnsembleAnswer, thresholds: Thresholds): Verdict {
  const said = voteOf(mean);
  const agreeing = Object.values(members).filter(({ vote }) => vote === said).length;
  return {
    said,
    probabilities: mean,
    isSignal: agreeing >= votesMin && isClear(said, mean, thresholds),
  };
}

/** One member as if it decided alone. */
function alone({ members }: EnsembleAnswer, name: string, thresholds: Thresholds): Verdict {
  const { vote: said, calibrated: probabilities } = members[
    name
  ] as EnsembleAnswer['members'][string];
  return { said, probabilities, isSignal: isClear(said, probabilities, thresholds) };
}

function isClear(
  said: PredictedClass,
  probabilities: Probabilities,
  thresholds: Thresholds,
): boolean {
  const [first = 0, second = 0] = Object.values(probabilities).sort((a, b) => b - a);
  return (
    said !== 'hold' && first >= thresholds.confidenceMin && first - second >= thresholds.gapMin
  );
}

function figuresOf(
  verdicts: readonly Verdict[],
  truth: readonly PredictedClass[],
): SliceFigures['ensemble'] {
  const rows = verdicts.length;
  const mean = (of: (verdict: Verdict, label: PredictedClass) => number) =>
    verdicts.reduce((sum, each, row) => sum + of(each, truth[row] as PredictedClass), 0) / rows;
  return {
    rows,
    accuracy: mean(({ said }, label) => (said === label ? 1 : 0)),
    log_loss: mean(
      ({ probabilities }, label) => -Math.log(Math.max(probabilities[label], leastProbability)),
    ),
    brier: mean(({ probabilities }, label) => brierOf(probabilities, label)),
    macro_f1: classes.reduce((sum, name) => sum + f1(verdicts, truth, name), 0) / classes.length,
    precision: eachClass((name) => precisionOf(verdicts, truth, name)),
    ...signalFigures(verdicts, truth),
  };
}

function signalFigures(verdicts: readonly Verdict[], truth: readonly PredictedClass[]) {
  const signals = verdicts.flatMap(({ said, isSignal }, row) =>
    isSignal ? [{ said, isHit: truth[row] === said }] : [],
  );
  const count = signals.length;
  const hits = signals.filter(({ isHit }) => isHit).length;
  const shares = eachClass((name) => share(truth, (label) => label === name));
  const blind = signals.reduce((sum, { said }) => sum + shares[said], 0);
  return {
    signals: count,
    buys: signals.filter(({ said }) => said === 'buy').length,
    sells: signals.filter(({ said }) => said === 'sell').length,
    hits,
    hit_rate: count === 0 ? null : hits / count,
    base_rate: count === 0 ? null : blind / count,
  };
}

function brierOf(probabilities: Probabilities, label: PredictedClass): number {
  return classes.reduce(
    (sum, name) => sum + (probabilities[name] - (name === label ? 1 : 0)) ** 2,
    0,
  );
}

function precisionOf(
  verdicts: readonly Verdict[],
  truth: readonly PredictedClass[],
  name: PredictedClass,
): number | null {
  const rows = verdicts.flatMap(({ said }, row) => (said === name ? [truth[row]] : []));
  return rows.length === 0 ? null : share(rows, (label) => label === name);
}

function f1(
  verdicts: readonly Verdict[],
  truth: readonly PredictedClass[],
  name: PredictedClass,
): number {
  const said = verdicts.filter((each) => each.said === name).length;
  const are = truth.filter((label) => label === name).length;
  const both = verdicts.filter((each, row) => each.said === name && truth[row] === name).length;
  return said + are === 0 ? 0 : (2 * both) / (said + are);
}

function share<T>(values: readonly T[], holds: (value: T) => boolean): number {
  return values.filter(holds).length / values.length;
}

function eachClass<T>(of: (name: PredictedClass) => T): Record<PredictedClass, T> {
  return { buy: of('buy'), sell: of('sell'), hold: of('hold') };
}
