package dev.ngbak.archive;

/** An archive with the keys to read it. */
final class KeyedArchive extends ForwardingArchive {

    private final ArchiveKeys keys;

    KeyedArchive(ReadableArchive archive, ArchiveKeys keys) {
        super(archive.withoutKeys());
        this.keys = keys;
    }

    @Override
    public ArchiveKeys keys() {
        return keys;
    }

    @Override
    public ReadableArchive withoutKeys() {
        return archive();
    }
}
