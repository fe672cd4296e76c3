package com.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReindexerTest {

    @Test
    void failedOperationIsUndone(@TempDir Path temp) throws IOException {
        Path folder = Files.createDirectory(temp.resolve("working_dir"));
        Path documents = Files.writeString(folder.resolve("kv_store_full_docs.json"), "{\"doc-1\": {\"content\": \"x\"}}");

        assertThrows(IllegalStateException.class, () -> new Reindexer(folder, temp.resolve("backups")).run(() -> {
            try {
                Files.writeString(documents, "{}");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            throw new IllegalStateException("the language model does not answer");
        }));

        assertEquals("{\"doc-1\": {\"content\": \"x\"}}", Files.readString(documents));
    }
}
