package dev.ngbak.engine;

/**
 * What the restored stores answered for one entity, across all three of them.
 *
 * @param entity its name as stored
 * @param score how near the stored vector is to itself in the search
 * @param second the name of what the search found next, or an empty text where there is nothing else
 * @param secondScore how near that is
 * @param chunk the key of a chunk that its node comes from, or an empty text where the node names none
 * @param document the key of that chunk's document, or an empty text where the chunk names none
 * @param excerpt how the chunk begins
 */
public record SampleAnswer(
        String entity,
        double score,
        String second,
        double secondScore,
        String chunk,
        String document,
        String excerpt) {}
