namespace AzImageTools.Fuzz.Targets;

/// <summary>An input of a reader, and all that a user could do with it.</summary>
internal interface IFuzzSubject
{
    /// <summary>What it is called in a finding.</summary>
    string Name { get; }

    /// <summary>Makes the input of an execution.</summary>
    void Prepare(FuzzRandom random);

    /// <summary>Does all that a user could; tells whether the input could be opened at all.</summary>
    bool Walk(FuzzRandom random);

    /// <summary>Writes the input as it is now.</summary>
    void CopyTo(Stream target);
}
