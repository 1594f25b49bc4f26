Console.Error.WriteLine("usage: dotnet run --project tests/Benchmarks -- <benchmark>");
return 2;
