package dev.ngbak.lightrag;

import dev.ngbak.redis.RedisExporter;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RecordSource;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StoreInfo;
import java.io.IOException;
import java.util.List;

/** A plugin for Redis that writes other values than it is given. */
final class CarelessExporter implements StorageExporter {

    private final RedisExporter careful = new RedisExporter();

    @Override
    public Role role() {
        return careful.role();
    }

    @Override
    public String backend() {
        return careful.backend();
    }

    @Override
    public List<SettingSpec> settings() {
        return careful.settings();
    }

    @Override
    public ExportSession open(Settings settings) {
        return careful.open(settings);
    }

    @Override
    public StoreInfo write(
            RecordSource records, Settings settings, EntrySink sink, RecordHandler written, Progress progress)
            throws IOException {
        RecordSource changed = visitor -> records.visit(new RecordVisitor() {
            @Override
            public void entry(String namespace, String key, byte[] value, long expires) throws IOException {
                visitor.entry(namespace, key, new byte[] {'{', '}'}, expires);
            }
        });
        return careful.write(changed, settings, sink, written, progress);
    }
}
