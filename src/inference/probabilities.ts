import type * as onnx from 'onnxruntime-node';
import { assert } from '../domain/assert.ts';

/** Row by row, three columns each. */
export async function probabilitiesOf(
  session: onnx.InferenceSession,
  features: onnx.Tensor,
): Promise<Float32Array> {
  const { probabilities } = await session.run({ features }, ['probabilities']);
  assert(probabilities?.data instanceof Float32Array, 'probabilities are float32');
  return probabilities.data;
}
