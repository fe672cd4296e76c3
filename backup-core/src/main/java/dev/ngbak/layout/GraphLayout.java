package dev.ngbak.layout;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/**
 * What one kind of GraphRAG system calls its parts. Found by {@link ServiceLoader}, so an implementation has a public
 * constructor without parameters. Stateless.
 */
public interface GraphLayout {

    /** The setting that selects the layout. */
    SettingSpec SYSTEM = SettingSpec.plain(
            "GRAPHRAG_SYSTEM", "nano-graphrag", "The GraphRAG system whose state is in the stores: `nano-graphrag`.");

    /** The setting that names the directory in which the system keeps its files. */
    SettingSpec WORKING_DIR = SettingSpec.path(
            "WORKING_DIR",
            "./api_working_dir",
            "The working directory of the GraphRAG system, for the file-based backends: it contains `*.graphml`,"
                    + " `vdb_*.json` and `kv_store_*.json`. Only files directly inside it are backed up and replaced.");

    /** Returns the value of {@link #SYSTEM} that selects this layout. */
    String name();

    /** Returns the default scope of a store. */
    StoreScope scope(Role role, Settings settings);

    /** Returns the names of fields that plugins need. */
    RecordNames names();

    /**
     * Returns the layout that the settings select.
     *
     * @throws BackupException {@code INVALID} for an unknown name
     */
    static GraphLayout of(Settings settings) {
        List<GraphLayout> layouts = new ArrayList<>(List.of(new NanoGraphRagLayout()));
        ServiceLoader.load(GraphLayout.class).forEach(layouts::add);
        List<String> names = layouts.stream().map(GraphLayout::name).toList();
        String name = settings.choice(SYSTEM.name(), SYSTEM.defaultValue(), names);
        return layouts.get(names.indexOf(name));
    }
}
