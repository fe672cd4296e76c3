package dev.ngbak.check;

import dev.ngbak.check.RecordScan.HiddenRecordsException;
import dev.ngbak.engine.SampleAnswer;
import dev.ngbak.engine.SampleQuery;
import dev.ngbak.engine.Sizes;
import dev.ngbak.engine.SystemRecords;
import java.io.IOException;
import java.util.List;

/**
 * Looks up entities from all over the archive. A search for the vector that the archive has for an entity must find that
 * entity in the live vector store. The graph must contain its node, and the key-value store must contain the node's source
 * chunks and their documents. A missing part fails the restore only if the archive contains that part.
 */
public final class EntitySampleQuery implements SampleQuery {

    @Override
    public Result ask(SystemRecords live, SystemRecords archived) throws IOException {
        long start = System.nanoTime();
        EntitySample sample = new EntitySample(live, archived);
        try {
            List<SampleAnswer> answers = sample.ask();
            if (answers.isEmpty() && sample.misses().isEmpty()) {
                return notAsked("no entity has a vector to search for");
            }
            List<String> warnings = new MissReview(sample, archived).warnings();
            int asked = answers.size() + sample.incomplete().size();
            return new Result(
                    answers,
                    warnings,
                    "Sample query: " + answers.size() + " of " + asked
                            + " entities were found by vector, in the graph, and with their chunks and documents, in "
                            + Sizes.seconds(System.nanoTime() - start)
                            + ".");
        } catch (HiddenRecordsException e) {
            return notAsked(e.getMessage());
        }
    }

    private static Result notAsked(String reason) {
        return new Result(List.of(), List.of(), "The sample query was skipped, because " + reason + ".");
    }
}
