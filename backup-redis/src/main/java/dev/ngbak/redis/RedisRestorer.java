package dev.ngbak.redis;

import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;
import java.nio.file.Path;

/** Decodes archived keys, and makes the keys under {@code REDIS_KEY_PREFIX} of a Redis database equal to them. */
public final class RedisRestorer implements StorageRestorer {

    @Override
    public Role role() {
        return Role.KV;
    }

    @Override
    public String backend() {
        return RedisExporter.BACKEND;
    }

    @Override
    public StoreSummary read(EntrySource source, Progress progress) throws IOException {
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        try (Staged staged = Staged.of(source, false, temporary, new Meter(progress, "keys", () -> {}))) {
            return staged.summary();
        }
    }

    @Override
    public boolean visit(EntrySource source, RecordVisitor visitor, Progress progress) throws IOException {
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        try (Staged staged = Staged.of(source, true, temporary, new Meter(progress, "keys", () -> {}))) {
            Shown.all(staged.walk(), visitor);
        }
        return true;
    }

    @Override
    public String target(Settings settings) {
        return RedisSettings.from(settings).target();
    }

    @Override
    public RestoreSession open(Settings settings) {
        return RedisRestore.open(RedisSettings.from(settings));
    }
}
