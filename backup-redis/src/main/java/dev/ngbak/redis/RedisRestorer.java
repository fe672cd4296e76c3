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
        try (Staged staged = staged(source, false, progress)) {
            return staged.summary();
        }
    }

    @Override
    public boolean visit(EntrySource source, RecordVisitor visitor, Progress progress) throws IOException {
        try (Staged staged = staged(source, true, progress)) {
            KeyWalk keys = staged.walk();
            while (keys.next()) {
                Shown.one(keys.rest(), keys.value(), visitor);
            }
        }
        return true;
    }

    private static Staged staged(EntrySource source, boolean keep, Progress progress) throws IOException {
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        return Staged.of(source, keep, temporary, (rest, value) -> {}, new Meter(progress, "keys", () -> {}));
    }

    @Override
    public String target(Settings settings) {
        return RedisSettings.from(settings).target();
    }

    @Override
    public TargetSign announce(Settings settings) {
        return RedisTargetSign.open(RedisSettings.from(settings));
    }

    @Override
    public RestoreSession open(Settings settings) {
        return RedisRestore.open(RedisSettings.from(settings));
    }
}
