package dev.ngbak.files;

import dev.ngbak.spi.Settings;
import dev.ngbak.testkit.StorageContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;

/** Runs the storage contract on files of one kind in a working directory. */
abstract class FilesContract implements StorageContract {

    private final FileKind kind;
    private final List<String> collections;

    @TempDir
    Path temporary;

    private int records;
    private long seed;
    private int changes;

    FilesContract(FileKind kind, String... collections) {
        this.kind = kind;
        this.collections = List.of(collections);
    }

    /** Returns the content of a file with this number of records. */
    abstract String content(int amount, Random random);

    private FileNames names() {
        return kind.names(settings());
    }

    private Path folder() {
        return temporary.resolve("api_working_dir");
    }

    @Override
    public Settings settings() {
        return Settings.of(Map.of("WORKING_DIR", folder().toString()));
    }

    @Override
    public Settings deadSettings() {
        SampleFiles.write(temporary, "a-file", "not a folder");
        return Settings.of(Map.of("WORKING_DIR", temporary.resolve("a-file").toString()));
    }

    @Override
    public String deadSetting() {
        return "WORKING_DIR";
    }

    @Override
    public void fill(int newRecords, long newSeed) throws IOException {
        records = newRecords;
        seed = newSeed;
        changes = 0;
        Files.createDirectories(folder());
        for (String name : SampleFiles.names(folder())) {
            if (names().matches(name) && Files.isRegularFile(folder().resolve(name))) {
                Files.delete(folder().resolve(name));
            }
        }
        write();
    }

    @Override
    public void change() {
        changes++;
        write();
    }

    private void write() {
        int left = records;
        for (int i = 0; i < collections.size(); i++) {
            int amount = i == collections.size() - 1 ? left : records / collections.size();
            left -= amount;
            String content = content(amount, new Random(31 * seed + i));
            if (i == collections.size() - 1) {
                content = content.replace("key-0", "key-0" + changes)
                        .replace("ent-0", "ent-0" + changes)
                        .replace("source=\"a" + (amount - 1), "source=\"changed" + changes);
            }
            SampleFiles.write(folder(), names().fileName(collections.get(i)), content);
        }
    }

    @Override
    public Object contents() throws IOException {
        Map<String, String> tree = SampleFiles.tree(folder());
        tree.keySet().removeIf(path -> path.contains("/") || !names().matches(path));
        return tree;
    }

    @Override
    public void fillForeign() {
        for (FileKind other : FileKind.values()) {
            FileNames otherNames = other.names(settings());
            if (other != kind) {
                SampleFiles.write(folder(), otherNames.fileName("other"), "not looked at");
            }
            SampleFiles.write(folder().resolve("folder"), otherNames.fileName("below"), "{");
        }
        SampleFiles.write(folder(), "notes.txt", "mine");
        SampleFiles.write(folder(), "kv_store_x.json.bak", "mine");
        SampleFiles.write(folder(), ".hidden.graphml", "mine");
        SampleFiles.write(folder(), ".ngbak-notes.part", "mine");
    }

    @Override
    public Object foreign() throws IOException {
        Map<String, String> tree = SampleFiles.tree(folder());
        tree.keySet().removeIf(path -> !path.contains("/") && names().matches(path));
        return tree;
    }

    @Override
    public void remove() throws IOException {
        SampleFiles.delete(folder());
    }
}
