// A dense network for one sample at a time: what optae/network.py computes, in plain JavaScript.
"use strict";

const ACTIVATIONS = {
  identity: (a, gain) => gain * a,
  logistic: (a, gain) => 0.5 + 0.5 * Math.tanh(0.5 * gain * a),
  tanh: (a) => Math.tanh(a),
  relu: (a) => (a > 0 ? a : 0),
  "leaky-relu": (a, leak) => (a > 0 ? a : leak * a),
  softplus: (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))),
};

/** Base64 text of deflated bytes to the bytes. */
async function bytes(text) {
  const binary = atob(text);
  const packed = new Uint8Array(binary.length);
  for (let i = 0; i < packed.length; i++) packed[i] = binary.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}

/** {format: "f8" | "f4" | "f2" | "u1", data} to numbers. */
async function numbers({ format, data }) {
  const buffer = await bytes(data);
  if (format === "f8") return new Float64Array(buffer);
  if (format === "f4") return new Float32Array(buffer);
  if (format === "u1") return new Uint8Array(buffer);
  return Float32Array.from(new Uint16Array(buffer), half);
}

/** The value of 16 bits of IEEE 754. */
function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** y = f(... f(x W0 + b0) ...), read from a flat vector as optae.Layout lays it out. */
class Network {
  constructor(layers, theta, start, bias) {
    this.layers = layers.map(({ inputs, outputs, activation, parameter }) => {
      const weight = theta.subarray(start, (start += inputs * outputs));
      const shift = bias ? theta.subarray(start, (start += outputs)) : null;
      return { inputs, outputs, weight, shift, f: ACTIVATIONS[activation], parameter };
    });
    this.end = start;
  }

  forward(x) {
    return this.layers.reduce((y, layer) => step(layer, y), x);
  }
}

/** One layer: (inputs,) to (outputs,). */
function step({ inputs, outputs, weight, shift, f, parameter }, x) {
  const y = shift ? Float64Array.from(shift) : new Float64Array(outputs);
  for (let i = 0; i < inputs; i++) {
    const xi = x[i];
    if (xi === 0) continue;
    for (let j = 0, at = i * outputs; j < outputs; j++, at++) y[j] += xi * weight[at];
  }
  for (let j = 0; j < outputs; j++) y[j] = f(y[j], parameter);
  return y;
}

/** A trained autoencoder. The code of a Gaussian bottleneck is its mean, the first half of the encoder's output. */
class Model {
  constructor(run, theta) {
    this.latent = run.latent;
    this.encoder = new Network(run.encoder, theta, 0, run.bias);
    this.decoder = new Network(run.decoder, theta, this.encoder.end, run.bias);
  }

  encode(x) {
    return this.encoder.forward(x).slice(0, this.latent);
  }

  decode(z) {
    return this.decoder.forward(z);
  }
}
