package dev.ngbak.archive;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Optional;

/** An archive that passes every call on to another one, as far as a subclass does not change that. */
public abstract class ForwardingArchive implements ReadableArchive {

    private final ReadableArchive archive;

    protected ForwardingArchive(ReadableArchive archive) {
        this.archive = archive;
    }

    /** Returns the archive that answers the calls. */
    protected final ReadableArchive archive() {
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
    public ArchiveKeys keys() {
        return archive.keys();
    }

    @Override
    public InputStream read(long offset) throws IOException {
        return archive.read(offset);
    }
}
