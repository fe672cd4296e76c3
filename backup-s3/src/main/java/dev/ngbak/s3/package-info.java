/** Archives in a bucket of S3, or of a service with the same API. */
package dev.ngbak.s3;
