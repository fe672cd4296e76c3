package dev.ngbak.lightrag;

import dev.ngbak.layout.GraphLayout;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** LightRAG's own variables, and what they mean for ngbak's. */
final class LightRagSettings {

    static final String WORKING_DIR = "./rag_storage";

    /** A variable that selects a storage class, and the backend that each class is for ngbak. */
    private record Storage(Role role, SettingSpec variable, Map<String, String> backends) {

        Storage(Role role, String variable, String what, String defaultClass, Map<String, String> backends) {
            this(
                    role,
                    SettingSpec.plain(
                            variable,
                            null,
                            "LightRAG's class for " + what + ", from which `" + role.setting()
                                    + "` follows. By default `" + defaultClass + "`."),
                    backends);
        }
    }

    private static final List<Storage> STORAGES = List.of(
            new Storage(
                    Role.GRAPH,
                    "LIGHTRAG_GRAPH_STORAGE",
                    "the graph",
                    "NetworkXStorage",
                    Map.of("NetworkXStorage", "networkx", "Neo4JStorage", "neo4j")),
            new Storage(
                    Role.VECTOR,
                    "LIGHTRAG_VECTOR_STORAGE",
                    "vectors",
                    "NanoVectorDBStorage",
                    Map.of("NanoVectorDBStorage", "nano", "QdrantVectorDBStorage", "qdrant")),
            new Storage(
                    Role.KV,
                    "LIGHTRAG_KV_STORAGE",
                    "documents",
                    "JsonKVStorage",
                    Map.of("JsonKVStorage", "json", "RedisKVStorage", "redis")));

    private static final Storage STATUS = new Storage(
            Role.KV,
            "LIGHTRAG_DOC_STATUS_STORAGE",
            "the status of documents. It must be of the same kind as that for documents",
            "JsonDocStatusStorage",
            Map.of("JsonDocStatusStorage", "json", "RedisDocStatusStorage", "redis"));

    private static final SettingSpec NEO4J_URI = SettingSpec.url("NEO4J_URI", null, "LightRAG's name of `NEO4J_URL`.");

    private static final SettingSpec REDIS_URI = SettingSpec.url("REDIS_URI", null, "LightRAG's name of `REDIS_URL`.");

    /** The variables that only have another name in ngbak. All others have the same name. */
    private static final Map<String, SettingSpec> RENAMED = Map.of("NEO4J_URL", NEO4J_URI, "REDIS_URL", REDIS_URI);

    private LightRagSettings() {}

    static List<SettingSpec> all() {
        List<SettingSpec> all = new ArrayList<>(Workspaces.settings());
        STORAGES.forEach(storage -> all.add(storage.variable()));
        all.addAll(List.of(STATUS.variable(), NEO4J_URI, REDIS_URI, LightRagForms.EMBEDDING_MODEL));
        return List.copyOf(all);
    }

    /** Does what {@link GraphLayout#effective} says. */
    static Settings effective(Settings given) {
        Settings effective = given;
        for (Storage storage : STORAGES) {
            if (given.text(storage.role().setting()) == null) {
                effective = withBackend(effective, storage);
            }
        }
        for (var renamed : RENAMED.entrySet()) {
            effective =
                    withDefault(effective, renamed.getKey(), renamed.getValue().text(given));
        }
        return withDefault(effective, GraphLayout.WORKING_DIR.name(), Optional.of(WORKING_DIR));
    }

    private static Settings withBackend(Settings settings, Storage storage) {
        Optional<String> backend = backend(settings, storage);
        if (storage.role() == Role.KV
                && (backend.isPresent() || settings.text(STATUS.variable().name()) != null)) {
            requireSameKind(settings, storage, backend.orElse("json"));
        }
        return withDefault(settings, storage.role().setting(), backend);
    }

    private static Optional<String> backend(Settings settings, Storage storage) {
        String variable = storage.variable().name();
        String name = settings.text(variable);
        if (name == null) {
            return Optional.empty();
        }
        if (!storage.backends().containsKey(name)) {
            String known = storage.backends().keySet().stream().sorted().collect(Collectors.joining(", "));
            throw Settings.unusable(
                    variable, name, "one of " + known + ", because ngbak cannot back up other stores of LightRAG");
        }
        return Optional.of(storage.backends().get(name));
    }

    /** LightRAG could keep the status of documents apart from them, but a backup reads one key-value store. */
    private static void requireSameKind(Settings settings, Storage documents, String backend) {
        String ofStatus = backend(settings, STATUS).orElse("json");
        if (!ofStatus.equals(backend)) {
            throw new BackupException(
                    Kind.INVALID,
                    documents.variable().name() + " and " + STATUS.variable().name()
                            + " select different kinds of stores (" + backend + " and " + ofStatus
                            + "), but ngbak backs up one key-value store, so the status of the documents would be missing",
                    "Configure LightRAG to keep both in the same kind of store");
        }
    }

    private static Settings withDefault(Settings settings, String variable, Optional<String> value) {
        return value.isPresent() && settings.text(variable) == null ? settings.with(variable, value.get()) : settings;
    }
}
