package dev.ngbak.archive;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Optional;

/** An archive with the keys to read it. */
record KeyedArchive(ReadableArchive archive, ArchiveKeys keys) implements ReadableArchive {

    KeyedArchive {
        archive = archive.withoutKeys();
    }

    @Override
    public ReadableArchive withoutKeys() {
        return archive;
    }

    @Override
    public String name() {
        return archive.name();
    }

    @Override
    public String location() {
        return archive.location();
    }

    @Override
    public long size() throws IOException {
        return archive.size();
    }

    @Override
    public Instant lastModified() throws IOException {
        return archive.lastModified();
    }

    @Override
    public Optional<Instant> lockedUntil() {
        return archive.lockedUntil();
    }

    @Override
    public InputStream read(long offset) throws IOException {
        return archive.read(offset);
    }
}
