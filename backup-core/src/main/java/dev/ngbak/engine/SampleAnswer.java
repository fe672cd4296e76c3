package dev.ngbak.engine;

/**
 * The result of the sample query for one entity, across all three restored stores.
 *
 * @param entity the name of the entity as stored
 * @param score the score of the entity in a search for its own vector
 * @param second the name of the next entity that the search found, or an empty text if there is no other
 * @param secondScore the score of that entity
 * @param chunk the key of a chunk from which the node comes, or an empty text if the node names no chunk
 * @param document the key of that chunk's document, or an empty text if the chunk names no document
 * @param excerpt the beginning of the chunk
 */
public record SampleAnswer(
        String entity,
        double score,
        String second,
        double secondScore,
        String chunk,
        String document,
        String excerpt) {}
