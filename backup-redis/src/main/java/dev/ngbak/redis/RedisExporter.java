package dev.ngbak.redis;

import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;

/** Backs up the keys under {@code REDIS_KEY_PREFIX} of a Redis database. */
public final class RedisExporter implements StorageExporter {

    static final String BACKEND = "redis";

    @Override
    public Role role() {
        return Role.KV;
    }

    @Override
    public String backend() {
        return BACKEND;
    }

    @Override
    public ExportSession open(Settings settings) {
        return RedisExport.open(RedisSettings.from(settings));
    }
}
