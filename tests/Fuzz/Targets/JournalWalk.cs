using AzImageTools.Disks.Volumes;
using AzImageTools.Fuzz.Images;
using AzImageTools.Services;
using AzImageTools.Services.Upload.Resume;
using AzImageTools.Services.Upload.Source;

namespace AzImageTools.Fuzz.Targets;

/// <summary>What can be done with the journal of an upload.</summary>
internal static class JournalWalk
{
    public static bool Read(MutableImage image, FuzzRandom random, ReadWatch watch)
    {
        FileContent file = new(new ImageSource(image, 512, watch), "made", [new FileRun(0, 0, image.Length)], image.Length, image.Length);
        using FileContentStream stream = new(file);
        JournalContent? content;
        try
        {
            content = JournalReader.Read(stream, "made", watch.Token);
        }
        catch (ImageServiceException)
        {
            // The answer to what is no journal.
            return false;
        }

        if (content is null)
        {
            return false;
        }

        if (content.BytesDone < 0 || content.BytesDone > content.Capacity || content.ChunkCount > content.MostChunks || content.ValidLength > image.Length)
        {
            throw new InvalidOperationException($"{content.BytesDone} of {content.Capacity} bytes are said to be done, in {content.ChunkCount} chunks.");
        }

        _ = content.Names(new Chunk(random.Below(1000) * (4L << 20), 4 << 20, [])) || content.IsVerified;
        return true;
    }
}
