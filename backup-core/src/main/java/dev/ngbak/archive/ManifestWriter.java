package dev.ngbak.archive;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ngbak.archive.Manifest.Check;
import dev.ngbak.archive.Manifest.SourceSystem;
import dev.ngbak.archive.Manifest.Store;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import java.io.UncheckedIOException;
import java.util.Locale;

/** Writes a manifest as JSON. */
final class ManifestWriter {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private ManifestWriter() {}

    /** Returns the JSON of a manifest, as docs/FORMAT.md specifies it. */
    static String write(Manifest manifest) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("format", manifest.isOfOtherTool() ? StoreInfo.OTHER_TOOL : Manifest.FORMAT);
        root.put("backup_id", manifest.backupId().text());
        root.put("created_at", manifest.createdAt().toString());
        root.put("created_by", manifest.createdBy());
        SourceSystem system = manifest.system();
        boolean isNanoGraphRag = system.name().equals(SourceSystem.NANO_GRAPHRAG);
        root.put(isNanoGraphRag ? "nano_graphrag_version" : "system_version", system.version());
        root.put("note", manifest.note());
        ObjectNode backends = root.putObject("storage_backends");
        manifest.stores().forEach((role, store) -> backends.put(role.id(), store.backend()));
        ObjectNode statistics = root.putObject("statistics");
        manifest.statistics().forEach(statistics::put);
        root.put("system", system.name());
        if (system.workspace() != null) {
            root.put("workspace", system.workspace());
        }
        Check check = manifest.check();
        if (check != null) {
            ObjectNode node =
                    root.putObject("check").put("errors", check.errors()).put("warnings", check.warnings());
            check.rules().forEach(node.putObject("rules")::put);
        }
        ObjectNode stores = root.putObject("stores");
        manifest.stores().forEach((role, store) -> write(store, stores.putObject(role.id())));
        ObjectNode consistency = root.putObject("consistency");
        consistency.put("grade", manifest.consistency().grade().text());
        ObjectNode markers = consistency.putObject("stores");
        manifest.consistency()
                .stores()
                .forEach((role, what) -> markers.put(role.id(), what.name().toLowerCase(Locale.ROOT)));
        root.put("duration_ms", manifest.durationMs());
        ArrayNode files = root.putArray("files");
        for (ManifestEntry file : manifest.files()) {
            files.addObject().put("path", file.path()).put("size", file.size()).put("sha256", file.sha256());
        }
        root.put("checksum", manifest.checksum());
        DefaultIndenter lines = new DefaultIndenter("  ", "\n");
        try {
            return MAPPER.writer(new DefaultPrettyPrinter(
                                            new Separators().withObjectFieldValueSpacing(Separators.Spacing.AFTER))
                                    .withObjectIndenter(lines)
                                    .withArrayIndenter(lines))
                            .writeValueAsString(root)
                    + "\n";
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Store store, ObjectNode node) {
        StoreInfo info = store.info();
        StoreSummary summary = store.summary();
        node.put("product", info.product());
        node.put("version", info.version());
        node.put("form", info.form());
        ObjectNode scope = node.putObject("scope");
        info.scope().forEach(scope::put);
        if (summary.records() < 0) {
            node.putNull("records");
        } else {
            node.put("records", summary.records());
        }
        node.put("content_digest", summary.contentDigest());
        ObjectNode counts = node.putObject("counts");
        summary.counts().counts().forEach(counts::put);
        ObjectNode names = node.putObject("names");
        store.names().forEach(names::put);
    }
}
