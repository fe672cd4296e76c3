package dev.ngbak.archive;

/**
 * One file of an archive, as the manifest lists it.
 *
 * @param path relative, with slashes
 * @param size in bytes
 * @param sha256 of its content, 64 lower-case hexadecimal digits
 */
public record ManifestEntry(String path, long size, String sha256) {}
