namespace AzImageTools.Disks.Containers;

/// <summary>Where a block's content is.</summary>
internal enum BlockSource
{
    /// <summary>Nowhere: it is zero.</summary>
    Zero,

    /// <summary>In the file.</summary>
    File,

    /// <summary>In the disk that this one goes back to.</summary>
    Parent,

    /// <summary>In the file and in the parent: a bitmap tells of each sector which.</summary>
    Mixed,
}
