package dev.ngbak.redis;

import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.ProgressMeter;
import dev.ngbak.spi.support.TempFiles;
import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;

/** Replaces the keys with the prefix {@code REDIS_KEY_PREFIX} of a Redis database with those of an archive. */
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
    public void read(EntrySource source, Settings settings, RecordHandler records, Progress progress)
            throws IOException {
        Set<String> namespaces = new TreeSet<>();
        try (DecodedKeys keys = DecodedKeys.of(records, TempFiles.of(settings))) {
            ProgressMeter meter = ProgressMeter.ofRecords(progress, RedisExport.UNIT, () -> {});
            keys.read(
                    source, (suffix, value) -> namespaces.add(KeyName.of(suffix).namespace()), meter);
            keys.forEach(new RedisRecords(records)::add);
        }
        if (source.archived().form().equals(StoreInfo.OTHER_TOOL)) {
            ToolKeys.warn(namespaces, records);
        }
    }

    @Override
    public boolean isRewritten(StoreInfo archived, Rewriting rewriting) {
        String prefix = RedisSettings.from(rewriting.settings()).prefix();
        return !rewriting.paths().isEmpty() || !prefix.equals(archived.scope().get(RedisSettings.KEY_PREFIX.name()));
    }

    @Override
    public StoreInfo rewrite(
            EntrySource source, Rewriting rewriting, EntrySink sink, RecordHandler written, Progress progress)
            throws IOException {
        return source.archived().form().equals(StoreInfo.OTHER_TOOL)
                ? ToolKeys.rewrite(source, rewriting.settings(), sink, written, progress)
                : new RewrittenKeys(rewriting, sink).write(source, written, progress);
    }

    @Override
    public String target(Settings settings) {
        return RedisSettings.from(settings).target();
    }

    @Override
    public TargetSign announce(Settings settings) {
        return RedisTargetSign.announce(RedisSettings.from(settings)).orElse(null);
    }

    @Override
    public RestoreSession open(Settings settings) {
        return new RedisRestore(RedisConnection.open(RedisSettings.from(settings)));
    }
}
