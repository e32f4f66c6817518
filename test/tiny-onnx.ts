/** The smallest model that onnxruntime takes: softmax(features x weights). Written by hand, after onnx.proto. */

/** @param weights one row per feature, one column per class */
export function linearModel(weights: readonly (readonly number[])[]): Uint8Array {
  const [rows, columns] = [weights.length, weights[0]?.length ?? 0];
  const raw = new Uint8Array(Float32Array.from(weights.flat()).buffer);
  const initializer = [
    ...[number(1, rows), number(1, columns), number(2, 1)],
    ...[text(8, 'weights'), bytes(9, raw)],
  ];
  const axis = message(5, [text(1, 'axis'), number(3, 1), number(20, 2)]);
  const graph = [
    message(1, [...node('MatMul', ['features', 'weights'], 'scores')]),
    message(1, [...node('Softmax', ['scores'], 'probabilities'), axis]),
    text(2, 'linear'),
    message(5, initializer),
    message(11, tensor('features', rows)),
    message(12, tensor('probabilities', columns)),
  ];
  const opset = message(8, [text(1, ''), number(2, 13)]);
  return Uint8Array.from([number(1, 8), message(7, graph), opset].flat());
}

type Field = readonly number[];

function node(type: string, inputs: readonly string[], output: string): readonly Field[] {
  return [...inputs.map((name) => text(1, name)), text(2, output), text(4, type)];
}

/** A matrix of float32 with any number of rows. */
function tensor(name: string, columns: number): readonly Field[] {
  const shape = message(2, [message(1, [text(2, 'rows')]), message(1, [number(1, columns)])]);
  return [text(1, name), message(2, [message(1, [number(1, 1), shape])])];
}

function number(field: number, value: number): Field {
  return [...varint(field * 8), ...varint(value)];
}

function text(field: number, value: string): Field {
  return bytes(field, new TextEncoder().encode(value));
}

function message(field: number, fields: readonly Field[]): Field {
  return bytes(field, fields.flat());
}

function bytes(field: number, value: Iterable<number>): Field {
  const content = [...value];
  return [...varint(field * 8 + 2), ...varint(content.length), ...content];
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}
