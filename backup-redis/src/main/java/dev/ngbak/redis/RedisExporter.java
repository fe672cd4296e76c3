package dev.ngbak.redis;

import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import java.util.List;

/** Exports the keys with the prefix {@code REDIS_KEY_PREFIX} from a Redis database. */
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
    public List<SettingSpec> settings() {
        return RedisSettings.ALL;
    }

    @Override
    public ExportSession open(Settings settings) {
        return new RedisExport(RedisConnection.open(RedisSettings.from(settings)));
    }
}
