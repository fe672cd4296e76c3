package dev.ngbak.engine;

import dev.ngbak.spi.BackupException;
import java.io.IOException;
import java.util.List;
import java.util.ServiceLoader;

/**
 * Looks up a few entities that all three stores of a restored system must contain. Found by {@link ServiceLoader};
 * {@code backup-check} contains the implementation. Without it, a restore is proved by counts and content digests
 * alone.
 */
public interface SampleQuery {

    /**
     * The result of a sample query.
     *
     * @param answers one for each entity that was found in all stores; empty if the query does not apply
     * @param warnings about entities that the archive lacks too, whole sentences
     * @param summary one whole sentence for the log
     */
    record Result(List<SampleAnswer> answers, List<String> warnings, String summary) {

        public Result {
            answers = List.copyOf(answers);
            warnings = List.copyOf(warnings);
        }
    }

    /**
     * Looks up entities of the archive in the live stores.
     *
     * @throws BackupException if the stores lack part of an entity that the archive contains
     */
    Result ask(SystemRecords live, SystemRecords archived) throws IOException;
}
