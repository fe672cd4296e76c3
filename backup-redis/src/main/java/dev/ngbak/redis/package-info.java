/**
 * The key-value store in Redis or Valkey: exports the keys with a prefix to JSON files, and replaces them with those of an
 * archive.
 */
package dev.ngbak.redis;
