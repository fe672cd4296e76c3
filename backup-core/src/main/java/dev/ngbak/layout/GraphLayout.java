package dev.ngbak.layout;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreCounts;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * Describes how one kind of GraphRAG system names and relates its data. Found by {@link ServiceLoader}, so an
 * implementation has a public constructor without parameters. Stateless and thread-safe.
 */
public interface GraphLayout {

    /** The setting that selects the layout. */
    SettingSpec SYSTEM =
            SettingSpec.plain("GRAPHRAG_SYSTEM", "nano-graphrag", "The GraphRAG system whose state is in the stores.");

    /** The setting that names the directory in which the system keeps its files. */
    SettingSpec WORKING_DIR = SettingSpec.path(
            "WORKING_DIR",
            "./api_working_dir",
            "The working directory of the GraphRAG system, for the file-based backends: it contains `*.graphml`,"
                    + " `vdb_*.json` and `kv_store_*.json`. Only files directly inside it are backed up and replaced.");

    /** Returns the value of {@link #SYSTEM} that selects this layout. */
    String name();

    /** Returns the backend that the system uses for a role by default. */
    String defaultBackend(Role role);

    /** Returns the settings that only this system has. */
    default List<SettingSpec> settings() {
        return List.of();
    }

    /**
     * Returns settings in which ngbak's own variables have the values that the system's variables imply, so that the
     * system's environment file configures ngbak. A variable of ngbak that is set keeps its value. The result does not
     * change if this method is called again.
     *
     * @throws BackupException {@code INVALID} for a store that ngbak cannot back up
     */
    default Settings effective(Settings settings) {
        return settings;
    }

    /** Returns the workspace that the settings select; empty if the system has none, or for its unnamed one. */
    default Optional<String> workspace(Settings settings) {
        return Optional.empty();
    }

    /**
     * Returns settings that select another workspace in every store.
     *
     * @param workspace its name; empty for the unnamed one
     * @throws BackupException {@code INVALID} if the system has no workspaces, as by default, for a name that the system does
     *     not accept, or if another setting would select a scope that does not belong to the workspace
     */
    default Settings withWorkspace(Settings settings, String workspace) {
        throw new BackupException(
                BackupException.Kind.INVALID,
                name() + " has no workspaces, so an archive of it cannot be restored under another name",
                "Restore it without --as, into stores or scopes that the settings name");
    }

    /**
     * Returns the mapping between the records of a backend and the neutral form, which converts an archive for another
     * backend.
     *
     * @param settings select the scope of encoded records
     * @return empty, as by default, if the system's records in this backend are unknown
     */
    default Optional<NeutralForm> neutralForm(Role role, String backend, Settings settings) {
        return Optional.empty();
    }

    /** Returns what the system creates in a store on a server, besides records. By default nothing. */
    default StoreSchema schema(Role role, Settings settings) {
        return StoreSchema.NONE;
    }

    /** Returns the default scope of a store. */
    StoreScope scope(Role role, Settings settings);

    /** Returns the names of fields that plugins need. */
    RecordNames names();

    /** Returns the interpreter of the system's records. */
    RecordInterpreter records();

    /** Returns what changes in records when they move to another workspace or another file system. */
    default RecordRewriter rewriter() {
        return RecordRewriter.NONE;
    }

    /** Returns the rules of the reference check, in the order of the report. */
    List<CheckRule> rules();

    /**
     * Returns the setting that states the number of dimensions of the vectors of entities and chunks; empty if the system
     * has none.
     */
    Optional<SettingSpec> embeddingDimension();

    /**
     * Returns the statistics of a manifest: {@code documents entities relationships communities chunks community_reports},
     * then {@code vectors.<collection>} and {@code kv.<namespace>}, in this order.
     *
     * @param counts by role; a missing role counts as empty
     */
    default Map<String, Long> statistics(Map<Role, StoreCounts> counts) {
        return Statistics.of(records(), counts);
    }

    /**
     * Returns what users must do before a restore: whole sentences for its plan.
     *
     * @param backends of the stores that are replaced, by role
     */
    default List<String> beforeRestore(Map<Role, String> backends) {
        return List.of();
    }

    /**
     * Returns warnings about missing data without which the system does not work. Each is one or more whole sentences.
     *
     * @param counts by role; a missing role is unknown
     */
    List<String> warnings(Map<Role, StoreCounts> counts);

    /**
     * Returns the default of a setting. For one that names a scope, it is the default scope in the layout that the settings
     * select.
     *
     * @throws BackupException {@code INVALID} if they select none
     */
    static Optional<String> defaultValue(SettingSpec setting, Settings settings) {
        return setting.scope() == null
                ? Optional.ofNullable(setting.defaultValue())
                : Optional.of(of(settings).scope(setting.scope(), settings).name());
    }

    /** Returns all layouts on the class path, the default one first. */
    static List<GraphLayout> all() {
        List<GraphLayout> layouts = new ArrayList<>(List.of(new NanoGraphRagLayout()));
        ServiceLoader.load(GraphLayout.class).forEach(layouts::add);
        return List.copyOf(layouts);
    }

    /**
     * Returns the layout that the settings select.
     *
     * @throws BackupException {@code INVALID} for an unknown name
     */
    static GraphLayout of(Settings settings) {
        List<GraphLayout> layouts = all();
        List<String> names = layouts.stream().map(GraphLayout::name).toList();
        String name = settings.choice(SYSTEM.name(), SYSTEM.defaultValue(), names);
        return layouts.get(names.indexOf(name));
    }
}
