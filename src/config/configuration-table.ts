import { z } from 'zod';
import { accountSchema } from './accounts-schema.ts';
import { type DocumentedKey, keysOf } from './key-info.ts';
import { mlSchema } from './ml-schema.ts';
import { profileRanges, riskProfiles } from './risk-profiles.ts';
import { terminalSchemas } from './terminals-schema.ts';
import { tradingSchema } from './trading-schema.ts';

const introduction = `# Configuration

<!-- Generated from the schemas in src/config: UPDATE_DOCS=1 npx vitest run src/config/configuration-table.test.ts -->

Four files of strict JSON in one folder (\`config/\`, or \`--config DIR\`). All of them have to be there; \`{}\` in
config.json and ml_config.json stands for the defaults. A key that is not in these tables, a key written twice, a
value of the wrong type or out of range and files that contradict each other are refused, all mistakes at once, and
nothing is started (exit code 2).

A running engine follows the folder. A valid change of a *hot* key is in force from the next bar; any other waits for
a restart, and the engine says so. Invalid files are refused as a whole, and the engine goes on with what it has.

A key that is hot *while flat* is taken over at once by an account that holds nothing, and by one with a position or an
order under way as soon as it is flat, over a restart too; put back before that, nothing has changed. Each account says
which it is.

An account that is added to accounts.json, or enabled, is started while the others go on, with its terminal where that
is a new one. One that is removed or disabled enters nothing more, is managed until its position has left by its own
exits, and is stopped then; put back before that, it stays. What cannot join before a restart is said with its reason:
a symbol that nobody trades yet, a terminal that runs with other settings, real money without \`--i-understand\`.

Secrets never stand in a file: \`token_env\` names the environment variable that holds one. In a replay every terminal
is a built-in simulator, every account trades on paper, and no address and no token is read.`;

const sections: readonly { title: string; text: string; schema: z.ZodType }[] = [
  {
    title: 'accounts.json',
    text: '`{ "accounts": { "<id>": { … } } }`: one entry for each account. The id names it in logs, on the console and in the state folder.',
    schema: accountSchema,
  },
  {
    title: 'terminals.json, kind `mt5`',
    text: '`{ "<key>": { "kind": "mt5", … } }`: a real terminal. Accounts on it are `live` or `dry`.',
    schema: terminalSchemas.mt5,
  },
  {
    title: 'terminals.json, kind `simulator`',
    text: '`{ "<key>": { "kind": "simulator", … } }`: a simulated terminal that keeps its books in the state folder. Accounts on it are `paper` or `dry`.',
    schema: terminalSchemas.simulator,
  },
  {
    title: 'config.json',
    text: 'How accounts trade. Keys marked *per account* may stand in the `overrides` of an account.',
    schema: tradingSchema,
  },
  { title: 'ml_config.json', text: 'Features, labels and training.', schema: mlSchema },
];

const profilesText = `A \`risk_profile\` presets the keys of this table that are not given, and refuses given ones outside of its range, of
config.json and of accounts alike. \`min_confidence: null\` stays allowed: the threshold of the model manifest, which is
what calibrated models are gated by; the presets are for models whose probabilities reach them.`;

const weightsText = `## Weights per regime

The mean that a signal is judged by is the plain one, unless \`regime_weights\` say otherwise for the regime that the bar
stands in: then it is the sum over the models of weight x calibrated probability, scaled to sum 1, and the thresholds are held
against that. The regime comes from \`adx_14\` and \`atr_percentile\` of the bar, asked in the order of the keys; equal weights
are the plain mean. A weight of 0 leaves a model out of the mean, not out of the votes. Where the regime is not known, or the
only models with a weight could not be loaded, the bar is held (\`weights\`): the plain mean was not asked for. Every decision
under weights bears its regime and the weighted probabilities.

\`novosky sweep --target regime\` tries each weight at 0, 1 and 2, one change at a time: 25 sets, the configuration as it
stands among them. Nobody published a grid, so this one is ours: all combinations would be half a million, of which the best
is luck, while a single change tells which word to trust where. Write the best into config.json and sweep again until nothing
gets better, then judge it once on the bars that the sweep left out.`;

function profilesDocs(): string {
  const paths = [...riskProfiles.values()]
    .slice(0, 1)
    .flatMap(profileRanges)
    .map(([path]) => path);
  const head = `| Profile | ${paths.map((path) => `\`${path}\``).join(' | ')} |`;
  const line = `| --- |${' --- |'.repeat(paths.length)}`;
  const profileRows = [...riskProfiles].map(([number, profile]) => {
    const cells = profileRanges(profile).map(
      ([, { least, most, preset }]) => `${preset} (${least} to ${most})`,
    );
    return `| ${number} ${profile.name} | ${cells.join(' | ')} |`;
  });
  return ['## Risk profiles', profilesText, [head, line, ...profileRows].join('\n')].join('\n\n');
}

/** docs/configuration.md: every key with type, range, default, and when a change takes effect. */
export function configurationDocs(): string {
  return `${[introduction, ...sections.map(sectionDocs), weightsText, profilesDocs()].join('\n\n')}\n`;
}

function sectionDocs({ title, text, schema }: (typeof sections)[number]): string {
  const head =
    '| Key | Value | Default | Hot | Per account | Meaning |\n| --- | --- | --- | --- | --- | --- |';
  const rows = [...keysOf(schema)].map(([path, documented]) => rowDocs(path, documented));
  return [`## ${title}`, text, [head, ...rows].join('\n')].join('\n\n');
}

function rowDocs(path: string, { schema, info }: DocumentedKey): string {
  const shape = z.toJSONSchema(schema, { io: 'input' }) as Shape;
  const unit = info.unit === undefined ? '' : `, ${info.unit}`;
  const cells = [
    `\`${path}\``,
    `${valueDocs(shape)}${unit}`,
    defaultDocs(schema, shape, info.absent),
    info.isHot ? (info.hotWhen ?? 'yes') : '',
    info.isPerAccount ? 'yes' : '',
    info.text,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** The part of a JSON Schema that our keys make use of. */
type Shape = {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Shape[];
  readonly items?: Shape;
  readonly additionalProperties?: Shape;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly multipleOf?: number;
  readonly default?: unknown;
};

function valueDocs(shape: Shape): string {
  if (shape.const !== undefined) return code(shape.const);
  if (shape.enum !== undefined) return shape.enum.map(code).join(' or ');
  if (shape.anyOf !== undefined) return shape.anyOf.map(valueDocs).join(' or ');
  switch (shape.type) {
    case 'number':
      return `number${rangeDocs(shape)}`;
    case 'integer':
      return `whole number${rangeDocs(shape)}`;
    case 'boolean':
      return '`true` or `false`';
    case 'null':
      return '`null`';
    case 'array':
      return `list of ${valueDocs(shape.items ?? {})}`;
    case 'object':
      return `object of ${valueDocs(shape.additionalProperties ?? {})}`;
    case 'string':
      return 'text';
    default:
      return 'values';
  }
}

function rangeDocs({ minimum, exclusiveMinimum, maximum, multipleOf }: Shape): string {
  const low = exclusiveMinimum === undefined ? bound('≥', minimum) : bound('>', exclusiveMinimum);
  const high = bound('≤', maximum);
  const step = multipleOf === undefined ? '' : `in steps of ${multipleOf}`;
  return [low, high, step]
    .filter((part) => part !== '')
    .map((part) => ` ${part}`)
    .join('');
}

/** A bound that is only the end of the safe integers limits nothing that a person would write. */
function bound(relation: string, value: number | undefined): string {
  const isBound = value !== undefined && Math.abs(value) !== Number.MAX_SAFE_INTEGER;
  return isBound ? `${relation} ${value}` : '';
}

function defaultDocs(schema: z.ZodType, shape: Shape, absent: string | undefined): string {
  if (absent !== undefined) return absent;
  if (shape.default !== undefined) return code(shape.default);
  return schema.safeParse(undefined).success ? 'off' : 'required';
}

function code(value: unknown): string {
  return `\`${JSON.stringify(value)}\``;
}
