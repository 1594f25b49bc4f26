namespace AzImageTools.Choices;

/// <summary>Generations of virtual machines, by Azure's names.</summary>
public enum VmGeneration
{
    /// <summary>BIOS.</summary>
    V1,

    /// <summary>UEFI.</summary>
    V2,
}
