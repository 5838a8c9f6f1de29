import { describe, expect, it } from '@jest/globals';
import protobuf from 'protobufjs/minimal.js';
import { canonicalQuantity, parseQuantity } from '../../../../../rehearsal/kubernetes/quantity.js';
import { decodeObject } from '../../../../../rehearsal/kubernetes/schema/decode.js';
import { decodeProtobuf } from '../../../../../rehearsal/kubernetes/schema/protobuf.js';
import { builtInShape, type Shape } from '../../../../../rehearsal/kubernetes/schema/shapes.js';

const pods = builtInShape('v1', 'Pod') as Shape;
const read = (body: Record<string, unknown>) => decodeObject(body, pods, 'Pod in version "v1" cannot be handled as a Pod');

describe('decoding', () => {
  it('drops nulls, makes quantities canonical and reports unknown fields', () => {
    const container = { name: 'a', imagee: 'x', env: null, resources: { limits: { cpu: 2, memory: '1024Mi' } } };
    const { value, unknown } = read({ spec: { containers: [container] } });
    expect(value).toEqual({ spec: { containers: [{ name: 'a', resources: { limits: { cpu: '2', memory: '1Gi' } } }] } });
    expect(unknown).toEqual(['spec.containers[0].imagee']);
  });

  it('knows the fields of an inlined struct', () => {
    expect(read({ spec: { volumes: [{ name: 'v', emptyDir: {} }] } }).unknown).toEqual([]);
  });

  it.each([
    [{ metadata: { labels: { a: true } } }, 'json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string'],
    [
      { spec: { containers: [{ env: [{ name: 'A', value: 1 }] }] } },
      'json: cannot unmarshal number into Go struct field EnvVar.spec.containers.env.value of type string',
    ],
    [{ spec: { containers: {} } }, 'json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container'],
    [{ spec: { containers: [{ resources: { limits: { cpu: 'lots' } } }] } }, 'quantities must match the regular expression'],
  ])('refuses %j', (body, message) => {
    expect(() => read(body)).toThrow(message);
  });

  it('refuses data that is not base64', () => {
    expect(() => decodeObject({ data: { a: 'not base64!' } }, builtInShape('v1', 'Secret') as Shape, 'Secret')).toThrow(
      'illegal base64 data at input byte 3',
    );
  });
});

describe('protobuf', () => {
  it('reads a Secret as Go writes it: maps of bytes, zero values left out, no zero time', () => {
    const metadata = protobuf.Writer.create().uint32(10).string('keys').uint32(18).string('').uint32(66).bytes(new Uint8Array()).finish();
    const entry = protobuf.Writer.create().uint32(10).string('a').uint32(18).bytes(Buffer.from('hi')).finish();
    const secret = protobuf.Writer.create().uint32(10).bytes(metadata).uint32(18).bytes(entry).uint32(26).string('Opaque').finish();
    const typeMeta = protobuf.Writer.create().uint32(10).string('v1').uint32(18).string('Secret').finish();
    const body = Buffer.concat([
      Buffer.from('k8s\0'),
      protobuf.Writer.create().uint32(10).bytes(typeMeta).uint32(18).bytes(secret).finish(),
    ]);
    expect(decodeProtobuf(body)).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'keys' },
      data: { a: 'aGk=' },
      type: 'Opaque',
    });
  });

  it('refuses what has not the prefix', () => {
    expect(() => decodeProtobuf(Buffer.from('{}'))).toThrow('expected prefix');
  });
});

describe('quantities', () => {
  it.each([
    ['2000m', '2'],
    ['0.5', '500m'],
    [2, '2'],
    ['1024Mi', '1Gi'],
    ['1536Mi', '1536Mi'],
    ['1000000', '1M'],
    ['100m', '100m'],
    ['0.5Gi', '512Mi'],
    ['-1.5', '-1500m'],
    ['1e3', '1e3'],
  ])('%s is written %s', (given, expected) => {
    expect(canonicalQuantity(given)).toBe(expected);
  });

  it('are numbers to reckon with', () => {
    expect(parseQuantity('1.5Gi')).toBe(1.5 * 2 ** 30);
    expect(parseQuantity('250m')).toBe(0.25);
    expect(parseQuantity('five')).toBeUndefined();
    expect(parseQuantity('')).toBeUndefined();
  });
});
