package dev.ngbak.redis;

import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RecordSource;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.TestedVersions;
import java.io.IOException;
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
    public List<TestedVersions> testedVersions() {
        return List.of(new TestedVersions("Redis", "6.2", "7.0", "8.0"), new TestedVersions("Valkey", "8.1", "9.1"));
    }

    @Override
    public ExportSession open(Settings settings) {
        return new RedisExport(RedisConnection.open(RedisSettings.from(settings)));
    }

    @Override
    public StoreInfo write(
            RecordSource records, Settings settings, EntrySink sink, RecordHandler written, Progress progress)
            throws IOException {
        return new EntryWriting(RedisSettings.from(settings)).write(records, sink, written, progress);
    }
}
