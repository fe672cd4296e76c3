package dev.ngbak.testkit;

import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;

/** The contract, for stores in memory; closing them finds sessions that were left open. */
abstract class MemoryContract implements StorageContract {

    private final Role role;
    private final MemoryStorage storage;

    MemoryContract(Role role) {
        this.role = role;
        this.storage = MemoryStorage.named("contract-" + role.id());
    }

    @AfterEach
    void findLeaks() {
        storage.close();
    }

    @Override
    public StorageExporter exporter() {
        return MemoryStorage.exporter(role);
    }

    @Override
    public StorageRestorer restorer() {
        return MemoryStorage.restorer(role);
    }

    @Override
    public Settings settings() {
        return storage.settings();
    }

    @Override
    public Settings deadSettings() {
        return storage.settings().with(MemoryStorage.SETTING, "nowhere");
    }

    @Override
    public String deadSetting() {
        return MemoryStorage.SETTING;
    }

    @Override
    public void fill(int records, long seed) {
        storage.clear(role);
        Random random = new Random(seed);
        for (int i = 0; i < records; i++) {
            storage.put(
                    role,
                    i % 3 == 0 ? "relationships" : AwkwardValues.anyText(new Random(i % 3)),
                    i + AwkwardValues.anyText(random),
                    AwkwardValues.anyText(random));
        }
    }

    @Override
    public void change() {
        var collection = storage.scope(role).firstEntry();
        var record = collection.getValue().firstEntry();
        storage.put(role, collection.getKey(), record.getKey(), record.getValue() + "!");
    }

    @Override
    public Object contents() {
        return storage.scope(role);
    }

    @Override
    public void fillForeign() {
        storage.put(role, MemoryStorage.FOREIGN, "key", "value");
    }

    @Override
    public Object foreign() {
        return storage.contents(role).get(MemoryStorage.FOREIGN);
    }
}
