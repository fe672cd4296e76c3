/**
 * The key-value storage that nano-graphrag keeps in Redis: every key under a prefix, with its type, its bytes and its
 * absolute expiry. One file for each namespace, plain JSON where that can carry a value, and a companion beside it for what
 * it cannot.
 */
package dev.ngbak.redis;
