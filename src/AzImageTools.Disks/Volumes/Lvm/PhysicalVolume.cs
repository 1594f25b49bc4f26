namespace AzImageTools.Disks.Volumes.Lvm;

/// <summary>A physical volume that is on the disk.</summary>
/// <param name="content">Its bytes.</param>
/// <param name="diskOffset">Where on the disk it begins.</param>
internal sealed class PhysicalVolume(IByteSource content, long diskOffset)
{
    private readonly List<string> _problems = [];

    public IByteSource Content => content;

    public long DiskOffset => diskOffset;

    /// <summary>Its identifier; null where the label is damaged.</summary>
    public string? Id { get; private set; }

    /// <summary>What is wrong with it, a sentence each.</summary>
    public IReadOnlyList<string> Problems => _problems;

    public void AddProblem(string problem) => _problems.Add(problem);

    /// <summary>Reads the texts of its metadata areas; what is damaged becomes a problem.</summary>
    public IReadOnlyList<byte[]> ReadMetadata()
    {
        List<byte[]> texts = [];
        try
        {
            PhysicalVolumeHeader header = PhysicalVolumeHeader.Read(Content);
            Id = header.Id;
            foreach (DiskExtent area in header.MetadataAreas)
            {
                AddText(area, texts);
            }
        }
        catch (DiskFormatException exception)
        {
            AddProblem(exception.Message);
        }

        return texts;
    }

    private void AddText(DiskExtent area, List<byte[]> texts)
    {
        try
        {
            if (MetadataArea.ReadText(Content, area) is { } text)
            {
                texts.Add(text);
            }
        }
        catch (DiskFormatException exception)
        {
            AddProblem(exception.Message);
        }
    }
}
