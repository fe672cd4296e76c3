package dev.ngbak.check;

import dev.ngbak.layout.RecordInterpreter.PointKind;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A point whose record was not visited yet.
 *
 * @param key the name of the entity, or the key of the chunk or relationship; empty if the point has none
 * @param document the key of the chunk's document, or {@code null} if the point names none
 * @param name the point in messages
 */
record LatePoint(PointKind kind, String key, @Nullable String document, String name, boolean idMatchesKey) {

    static LatePoint readFrom(DataInputStream in) throws IOException {
        return new LatePoint(
                PointKind.values()[in.readByte()],
                LateReferences.read(in),
                LateReferences.read(in),
                LateReferences.read(in),
                in.readBoolean());
    }

    void writeTo(DataOutputStream out) throws IOException {
        out.writeByte(kind.ordinal());
        LateReferences.write(out, key);
        LateReferences.write(out, document);
        LateReferences.write(out, name);
        out.writeBoolean(idMatchesKey);
    }
}
