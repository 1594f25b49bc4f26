using System.Globalization;
using System.Xml;
using AzImageTools.Disks;
using AzImageTools.Services.Upload.Source;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload.Transfer;

/// <summary>
/// Asks a blob which pages it holds (REST reference, Get Page Ranges). What it answers is bounded by the blob's length: ranges in
/// ascending order within it. It makes the requests itself: the client would take whatever comes, however long.
/// </summary>
internal static class PageRangeReader
{
    private const int OkStatus = 200;

    /// <summary>More than any upload leaves, and 64 MiB of memory: between two ranges of ours 128 KiB are zero.</summary>
    private const int MostRanges = 4 << 20;

    /// <summary>How many answers may hold no range, and lead to further ones.</summary>
    private const int MostEmptyAnswers = 100;

    /// <summary>Reads all ranges.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="cancellation">Ends it at once.</param>
    /// <exception cref="RequestFailedException">The service refused, could not be reached, or its answer can't be.</exception>
    public static async Task<PageRangeList> ReadAsync(PageBlobClient blob, long length, CancellationToken cancellation)
    {
        HttpPipeline pipeline = BlobPipeline.Of(blob);
        PageRangeList held = new();
        string? marker = null;
        int emptyAnswers = 0;
        do
        {
            using HttpMessage message = BlobPipeline.CreateMessage(pipeline, RequestMethod.Get, AddressOf(blob, marker));
            await pipeline.SendAsync(message, cancellation).ConfigureAwait(false);
            if (message.Response.Status != OkStatus)
            {
                throw new RequestFailedException(message.Response);
            }

            int before = held.Ranges.Count;
            string? next = Read(message.Response, held, length);
            emptyAnswers += held.Ranges.Count == before ? 1 : 0;
            if (next is not null && (string.Equals(next, marker, StringComparison.Ordinal) || emptyAnswers > MostEmptyAnswers))
            {
                throw Invalid(message.Response, "its pages lead to one another without an end");
            }

            marker = next;
        }
        while (marker is not null);

        return held;
    }

    private static Uri AddressOf(PageBlobClient blob, string? marker)
    {
        string query = marker is null ? "comp=pagelist" : $"comp=pagelist&marker={Uri.EscapeDataString(marker)}";
        return new UriBuilder(blob.Uri) { Query = $"{query}&{blob.Uri.Query.TrimStart('?')}".TrimEnd('&') }.Uri;
    }

    /// <summary>Reads one answer.</summary>
    /// <returns>The marker of the next one; null for none.</returns>
    private static string? Read(Response response, PageRangeList held, long length)
    {
        string? next = null;
        try
        {
            using XmlReader xml = XmlReader.Create(response.ContentStream ?? Stream.Null, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, IgnoreWhitespace = true });
            xml.MoveToContent();
            if (xml.LocalName != "PageList")
            {
                throw Invalid(response, "it is none");
            }

            xml.Read();
            while (xml.NodeType == XmlNodeType.Element)
            {
                switch (xml.LocalName)
                {
                    case "PageRange":
                        Add(response, ReadRange(xml), held, length);
                        break;
                    case "NextMarker":
                        next = xml.ReadElementContentAsString();
                        break;
                    default:
                        // Ranges that were cleared since a snapshot, and what later versions add.
                        xml.Skip();
                        break;
                }
            }
        }
        catch (Exception exception) when (exception is XmlException or FormatException or OverflowException)
        {
            throw Invalid(response, "it can't be read", exception);
        }

        return string.IsNullOrEmpty(next) ? null : next;
    }

    private static (long Start, long End) ReadRange(XmlReader xml)
    {
        long start = -1;
        long end = -1;
        xml.ReadStartElement();
        while (xml.NodeType == XmlNodeType.Element)
        {
            string name = xml.LocalName;
            string text = xml.ReadElementContentAsString();
            if (name == "Start")
            {
                start = long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
            }
            else if (name == "End")
            {
                end = long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
            }
        }

        xml.ReadEndElement();
        return (start, end);
    }

    private static void Add(Response response, (long Start, long End) range, PageRangeList held, long length)
    {
        long position = held.Ranges.Count == 0 ? 0 : held.Ranges[held.Ranges.Count - 1].End;
        if (range.Start < position || range.End < range.Start || range.End >= length
            || range.Start % ChunkPlanner.PageSize != 0 || (range.End + 1) % ChunkPlanner.PageSize != 0)
        {
            throw Invalid(response, FormattableString.Invariant($"the range from byte {range.Start} to {range.End} is none of a blob of {length} bytes, or not behind those before it"));
        }

        held.Add(new DiskExtent(range.Start, range.End + 1 - range.Start));
        if (held.Ranges.Count > MostRanges)
        {
            throw Invalid(response, $"there are more than {MostRanges} ranges");
        }
    }

    private static RequestFailedException Invalid(Response response, string problem, Exception? cause = null)
        => new(response.Status, $"The service's list of pages can't be: {problem}.", "InvalidAnswer", cause);
}
