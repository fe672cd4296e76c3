package dev.ngbak.files;

import dev.ngbak.files.FileWriting.RecordFiles;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Writes points to one file for each collection. */
final class VectorVisitor implements RecordVisitor {

    private final RecordFiles<VectorFile> files;
    private String collection;
    private VectorFile file;

    VectorVisitor(RecordFiles<VectorFile> files) {
        this.files = files;
    }

    @Override
    public void collection(String name, Map<String, Integer> dimensions) throws IOException {
        if (dimensions.size() != 1) {
            throw FileWriting.refused("The collection " + SafeText.quoted(name) + " has " + dimensions.size()
                    + " kinds of dense vectors, but a file can hold one");
        }
        collection = name;
        file = files.get(name);
        file.begin(dimensions.values().iterator().next());
    }

    @Override
    public void point(String id, Map<String, Object> payload, List<Vector> vectors) throws IOException {
        if (!(payload.get("id") instanceof String key)) {
            throw refused("without a key", "which a file needs");
        }
        if (vectors.size() != 1
                || vectors.get(0).indices() != null
                || vectors.get(0).values().length != file.dimension()) {
            throw refused(
                    SafeText.quoted(key), "does not have exactly one dense vector of " + file.dimension() + " numbers");
        }
        if (payload.containsKey("__id__") || payload.containsKey("__vector__")) {
            throw refused(SafeText.quoted(key), "has a member that NanoVectorDB uses for something else");
        }
        file.add(key, payload, vectors.get(0).values());
    }

    private BackupException refused(String point, String why) {
        return FileWriting.refused("The point " + point + " of " + SafeText.quoted(collection) + " " + why);
    }
}
