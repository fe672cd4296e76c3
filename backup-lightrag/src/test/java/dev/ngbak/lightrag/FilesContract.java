package dev.ngbak.lightrag;

import dev.ngbak.spi.Settings;
import dev.ngbak.testkit.StorageContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;

/** Runs the storage contract on the files of one kind in a workspace, beside workspaces with similar names. */
abstract class FilesContract implements StorageContract {

    @TempDir
    Path temporary;

    private final String file;
    private int records;
    private long seed;

    /** @param file the name of the file with the records */
    FilesContract(String file) {
        this.file = file;
    }

    /** Returns the content of a file. */
    abstract String content(int amount, Random random, String changed);

    private Path workspace() {
        return temporary.resolve("rag_storage/ws");
    }

    @Override
    public Settings settings() {
        return Settings.of(Map.of(
                "GRAPHRAG_SYSTEM", "lightrag",
                "WORKSPACE", "ws",
                "WORKING_DIR", temporary.resolve("rag_storage").toString()));
    }

    @Override
    public Settings deadSettings() {
        Folders.write(temporary.resolve("storage/ws"), "not a folder");
        return settings().with("WORKING_DIR", temporary.resolve("storage").toString());
    }

    @Override
    public String deadSetting() {
        return "WORKING_DIR/WORKSPACE";
    }

    @Override
    public void fill(int newRecords, long newSeed) {
        records = newRecords;
        seed = newSeed;
        write("");
    }

    @Override
    public void change() {
        write("changed" + System.nanoTime());
    }

    private void write(String changed) {
        Folders.write(workspace().resolve(file), content(records, new Random(seed), changed));
    }

    @Override
    public Object contents() throws IOException {
        return Folders.contents(temporary.resolve("rag_storage"), ("ws/" + file)::equals);
    }

    @Override
    public void fillForeign() {
        Path storage = temporary.resolve("rag_storage");
        for (Path folder : new Path[] {storage, storage.resolve("ws_2"), storage.resolve("ws/scan_spool")}) {
            Folders.write(folder.resolve("graph_chunk_entity_relation.graphml"), "another workspace");
            Folders.write(folder.resolve("vdb_entities.json"), "another workspace");
            Folders.write(folder.resolve("kv_store_full_docs.json"), "another workspace");
        }
        Folders.write(workspace().resolve(file + ".tmp.4711.140000000000000.1796036828"), "half a fi");
    }

    @Override
    public Object foreign() throws IOException {
        return Folders.contents(temporary.resolve("rag_storage"), path -> !path.equals("ws/" + file));
    }

    @Override
    public void remove() throws IOException {
        Files.deleteIfExists(workspace().resolve(file));
    }
}
