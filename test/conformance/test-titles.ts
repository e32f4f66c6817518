/** A string that is the first argument of a call whose next ones are options, if any, and a function: the name of a test or of a group. */
const named = /\(\s*(['`])((?:\\.|(?!\1)[\s\S])+)\1,\s*(?:\w+,\s*)?(?:async\s*)?(?:\(|\{)/g;

/** The titles of the tests in a source, each after that of its group: `a stop > asked for twice is one stop`. */
export function testTitles(source: string): readonly string[] {
  let group = '';
  return source.split(/^(?=describe\b)|(?<=^\}\);\n)/m).flatMap((part) => {
    const names = [...part.matchAll(named)].map((match) => (match[2] ?? '').replace(/\\'/g, "'"));
    group = part.startsWith('describe') ? (names.shift() ?? '') : '';
    return names.map((name) => (group === '' ? name : `${group} > ${name}`));
  });
}
